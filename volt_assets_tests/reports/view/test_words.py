"""What a report says about itself."""

import pytest

from volt_assets.reports.sentences.models import Prose
from volt_assets.reports.view.words import written_by


@pytest.mark.parametrize(
    ("prose", "said"),
    [
        (Prose(), "from templates; no model was asked"),
        (Prose(model="m", tokens=9), "by m and templates; 9 tokens, cost unknown"),
        (Prose(model="m", tokens=9, mode="worded"), "by m and templates (words by m, figures by Volt); 9 tokens"),
        (Prose(tokens=9, mode="worded"), "from templates; 9 tokens"),
    ],
)
def test_who_wrote_the_sentences_is_said_and_whose_words_they_are(prose, said):
    assert written_by(prose).startswith(said)
