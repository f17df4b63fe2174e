"""Sentences by a model, and the check that lets only grounded ones through.

menu (what may be claimed) -> prompt -> model -> grounding -> prose. The model writes words around slots; every figure,
date, id, name and state in a sentence is put there by the slot, from the report's facts. `writer.py` is the way in.
"""
