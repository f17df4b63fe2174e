-- Which of the items of `item_states` a label with a number means, in any stored week. An item may have gone by other labels in
-- earlier weeks: the latest answer up to the period decides what one meant.
WITH answers AS (
    SELECT label, public_id, entity_type
    FROM enriched_entities, period
    WHERE week <= last_week AND public_id IN (SELECT public_id FROM item_states)
    QUALIFY row_number() OVER (PARTITION BY label, public_id ORDER BY status = 'failed', week DESC) = 1
)
SELECT DISTINCT label, public_id, entity_type FROM period_time WHERE linked
UNION ALL
SELECT label, public_id, entity_type FROM answers ANTI JOIN (SELECT * FROM period_time WHERE linked) USING (label, public_id)
