"""Sending messages to people through Apprise: Slack, e-mail, Teams and the rest, each an address that holds a secret.

Addresses come from the settings and go to Apprise alone: no log, error or message of ours names one, but only its
position in the setting.

Apprise takes a second to import, so it is imported only when there is something to send.
"""

import logging
from collections.abc import Sequence

from pydantic import SecretStr

from volt_assets.automation.alerts import Message
from volt_assets.errors import BadInput, VoltError


def addresses_of(setting: SecretStr | None) -> list[str]:
    """The addresses in a setting, which are separated by spaces or line breaks (some hold commas)."""
    return setting.get_secret_value().split() if setting else []


def send(setting: SecretStr, name: str, messages: Sequence[Message]) -> None:
    """Send the messages, in order, to every address of the setting `name`.

    Raises BadInput for an address that Apprise does not know, before anything is sent, and VoltError where a message
    reached nobody.
    """
    import apprise

    # What Apprise logs can quote an address.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    found = [apprise.Apprise.instantiate(address) for address in addresses_of(setting)]
    unknown = [str(position) for position, target in enumerate(found, start=1) if target is None]
    if unknown:
        raise BadInput(
            f"{name}: address {', '.join(unknown)} is not one that Apprise understands (https://github.com/caronc/apprise"
            " lists them). Addresses are separated by spaces.",
            code="bad_setting",
        )
    targets = [target for target in found if target is not None]
    for message in messages:
        reached = 0
        for target in targets:
            one = apprise.Apprise()
            one.add(target)
            reached += bool(
                one.notify(title=message.title, body=message.body, body_format=apprise.NotifyFormat.MARKDOWN)
            )
        if not reached:
            raise VoltError(f"No address of {name} could be reached.")
