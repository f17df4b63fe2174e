"""The sentences of a report: by templates, or by a model whose claims are checked.

menu (what may be claimed) -> prompt -> client -> grounding (by the rules of check) -> models. The model writes words
around slots; every figure, date, id, name and state in a sentence is put there by the slot, from the report's facts.
`writer.py` is the way in.
"""
