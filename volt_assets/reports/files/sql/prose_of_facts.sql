-- The sentences of the weekly reports whose facts have the hashes $hashes.
SELECT facts_hash, prose FROM individual_reports WHERE list_contains($hashes::VARCHAR[], facts_hash) AND prose IS NOT NULL
UNION ALL
SELECT facts_hash, prose FROM team_report WHERE list_contains($hashes::VARCHAR[], facts_hash) AND prose IS NOT NULL
