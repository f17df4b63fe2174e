-- Work that was not finished at the period's end, with its plan and everybody's time on it: what the period's time was spent on, and
-- what was assigned to people when the period's last week was fetched. Of `recent_seconds` are the weeks in $recent_weeks.
WITH
-- What is known of an item that no time was spent on in the period.
answers AS (
    SELECT entity_type, public_id, estimate_seconds, parents
    FROM enriched_entities, period
    WHERE week <= last_week AND status = 'found'
    QUALIFY row_number() OVER (PARTITION BY entity_type, public_id ORDER BY week DESC, label) = 1
),
-- Those whose reports are requested, and everybody else, by address.
addresses AS (
    SELECT lower(email) AS email, any_value(name) AS name, list(user_id ORDER BY user_id) AS user_ids
    FROM people, period
    WHERE week = last_week AND email IS NOT NULL
    GROUP BY ALL
),
items AS (
    SELECT
        entity_type, public_id, coalesce(name, title) AS name, url, planned_end, estimate_seconds, parents,
        list_transform(
            from_json(assignees, '[{"name": "VARCHAR", "email": "VARCHAR"}]'),
            lambda each: {'name': each.name, 'email': lower(each.email)}
        ) AS assignees
    FROM period_entities
    WHERE outcome = 'found'
    UNION ALL BY NAME
    SELECT
        assigned.entity_type, assigned.public_id, assigned.name, assigned.url, assigned.planned_end,
        coalesce(assigned.estimate_seconds, answers.estimate_seconds) AS estimate_seconds, answers.parents,
        list_transform(assigned.emails, lambda each: {'name': NULL, 'email': lower(each)}) AS assignees
    FROM assigned_entities AS assigned
    JOIN period ON assigned.week = last_week
    ANTI JOIN period_entities USING (entity_type, public_id)
    LEFT JOIN answers USING (entity_type, public_id)
),
assigned_people AS (
    SELECT
        entity_type, public_id,
        list({'name': coalesce(addresses.name, assignee.name), 'email': assignee.email} ORDER BY place) AS assignees,
        list_sort(list_distinct(flatten(list(coalesce(addresses.user_ids, []))))) AS assigned_ids
    FROM (
        SELECT entity_type, public_id, unnest(assignees) AS assignee, generate_subscripts(assignees, 1) AS place FROM items
    )
    LEFT JOIN addresses ON addresses.email = assignee.email
    GROUP BY ALL
),
spent AS (
    SELECT
        entity_type, public_id,
        coalesce(sum(time.seconds) FILTER (WHERE day < first_day), 0)::BIGINT AS spent_before_seconds,
        coalesce(sum(time.seconds) FILTER (WHERE day >= first_day), 0)::BIGINT AS spent_seconds,
        coalesce(sum(time.hundredths) FILTER (WHERE day < first_day), 0)::BIGINT AS spent_before_hundredths,
        coalesce(sum(time.hundredths) FILTER (WHERE day >= first_day), 0)::BIGINT AS spent_hundredths,
        coalesce(sum(time.seconds) FILTER (WHERE list_contains($recent_weeks::DATE[], time.week)), 0)::BIGINT AS recent_seconds,
        min(day) FILTER (WHERE time.seconds > 0) AS first_time,
        max(day) FILTER (WHERE time.seconds > 0) AS last_time,
        list_sort(list(DISTINCT user_id) FILTER (WHERE day >= first_day)) AS user_ids
    FROM printed_time AS time
    JOIN label_meanings AS meanings USING (label, public_id)
    CROSS JOIN period
    WHERE time.linked AND time.day <= last_day
    GROUP BY ALL
)
SELECT
    entity_type AS type, public_id, items.name, items.url, states.state, states.kind AS state_kind, states.by_history, states.closed_on, items.planned_end,
    items.estimate_seconds, items.parents, coalesce(assigned_people.assignees, []) AS assignees,
    coalesce(assigned_ids, []) AS assigned_ids,
    coalesce(spent_before_seconds, 0) AS spent_before_seconds, coalesce(spent_seconds, 0) AS spent_seconds,
    coalesce(spent_before_hundredths, 0) AS spent_before_hundredths, coalesce(spent_hundredths, 0) AS spent_hundredths,
    coalesce(recent_seconds, 0) AS recent_seconds, first_time, last_time, coalesce(user_ids, []) AS user_ids
FROM items
JOIN item_states AS states USING (entity_type, public_id)
LEFT JOIN assigned_people USING (entity_type, public_id)
LEFT JOIN spent USING (entity_type, public_id)
WHERE states.kind IS DISTINCT FROM 'final'
ORDER BY items.planned_end NULLS LAST, len(public_id), public_id, type
