"""The generated company: an invented team of twelve, and twelve weeks of its work.

`story` has the names and titles, `databases.yaml` the Fibery databases, `booking` decides who works on what and when,
and `entities` makes Fibery's rows of it.
"""

from volt_assets.sandbox.generated.booking import WEEKS, generated_company

__all__ = ["WEEKS", "generated_company"]
