-- What a run has already stored of the entities that a batch of its weeks refers to, each once: of the latest week before the batch.
SELECT answers.*
FROM enriched_entities AS answers
SEMI JOIN (SELECT label, public_id FROM entity_references WHERE week BETWEEN $batch_start AND $batch_end) USING (label, public_id)
WHERE answers.week >= $first_week AND answers.week < $batch_start AND answers.fetched_at = $fetched_at
QUALIFY row_number() OVER (PARTITION BY label, public_id ORDER BY answers.week DESC) = 1
