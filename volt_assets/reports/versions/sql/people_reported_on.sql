-- The people that a report of the week was ever made of, as its newest version names them. $week
SELECT
    user_id,
    arg_max(facts ->> 'name', version) AS name,
    arg_max(coalesce(facts ->> 'email', ''), version) AS email
FROM (SELECT * FROM individual_reports UNION ALL BY NAME SELECT * FROM report_versions)
WHERE week = $week AND user_id IS NOT NULL
GROUP BY user_id
ORDER BY user_id
