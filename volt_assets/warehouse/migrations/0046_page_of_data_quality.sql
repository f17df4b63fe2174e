-- What is to be fixed and updated has a page of its own beside the team's report.
ALTER TABLE team_report ADD COLUMN quality_markdown VARCHAR;
ALTER TABLE team_report ADD COLUMN quality_html VARCHAR;
COMMENT ON COLUMN team_report.quality_markdown IS 'The page of data quality, as Markdown; NULL where made before there was one.';
COMMENT ON COLUMN team_report.quality_html IS 'The page of data quality, as a self-contained web page; NULL where made before there was one.';
