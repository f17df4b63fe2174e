-- Seconds per person, day and work item or other activity of one week; of billable time, by rate.
-- $week: a Monday. `parsed_descriptions` holds what each description of the week says (description may be NULL).
INSERT INTO tracked_time BY NAME
SELECT
    entries.week,
    entries.user_id,
    entries.day,
    entries.project_name AS toggl_project,
    parsed.linked,
    parsed.public_id,
    parsed.label,
    parsed.project_tag,
    -- One work item may be spelt in several ways on one day: the last spelling is kept.
    CASE WHEN parsed.linked THEN arg_max(parsed.title, (entries.start_utc, entries.id)) END AS title,
    CASE WHEN NOT parsed.linked THEN nullif(trim(entries.description), '') END AS description,
    list_sort(list_distinct(flatten(list(parsed.ids)))) AS ids,
    sum(entries.seconds)::BIGINT AS seconds,
    coalesce(sum(entries.seconds) FILTER (WHERE entries.billable), 0)::BIGINT AS billable_seconds,
    CASE WHEN entries.billable THEN entries.rate_cents END AS rate_cents,
    CASE WHEN entries.billable AND entries.rate_cents IS NOT NULL THEN entries.currency END AS currency,
    count(*) AS entries
FROM toggl_time_entries AS entries
JOIN parsed_descriptions AS parsed ON parsed.description IS NOT DISTINCT FROM entries.description
WHERE entries.week = $week AND entries.seconds IS NOT NULL
GROUP BY
    entries.week, entries.user_id, entries.day, entries.project_name, parsed.linked, parsed.public_id, parsed.label,
    parsed.project_tag, CASE WHEN NOT parsed.linked THEN nullif(trim(entries.description), '') END,
    CASE WHEN entries.billable THEN entries.rate_cents END,
    CASE WHEN entries.billable AND entries.rate_cents IS NOT NULL THEN entries.currency END
ORDER BY entries.user_id, entries.day, parsed.public_id, parsed.label, parsed.project_tag, entries.project_name,
    CASE WHEN NOT parsed.linked THEN nullif(trim(entries.description), '') END, rate_cents, currency
