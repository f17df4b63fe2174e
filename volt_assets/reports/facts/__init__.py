"""What a report says, as typed facts: read from the warehouse by SQL, computed once, printed by nobody here."""
