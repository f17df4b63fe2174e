"""The generated company: an invented team of twelve, and twelve weeks of its work.

`story` has the names and titles, `plan` makes work items of them, `booking` decides who works on which and when, and
`entities` makes Fibery's rows of it, in the databases that `databases.yaml` describes. `people` has what Volt is told
of the people besides.
"""

from volt_assets.sandbox.generated.booking import generated_company
from volt_assets.sandbox.generated.people import people_yaml
from volt_assets.sandbox.generated.plan import WEEKS

__all__ = ["WEEKS", "generated_company", "people_yaml"]
