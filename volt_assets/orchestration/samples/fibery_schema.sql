-- the fields of each database
SELECT type, list(field ORDER BY field) AS fields
FROM fibery_schema
WHERE NOT type_deleted AND NOT field_deleted
GROUP BY type ORDER BY type
