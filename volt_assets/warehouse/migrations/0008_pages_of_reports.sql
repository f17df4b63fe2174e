-- The reports as web pages, beside their Markdown. Earlier versions keep none: a page can be made of their facts again.
ALTER TABLE individual_reports ADD COLUMN html VARCHAR;
ALTER TABLE team_report ADD COLUMN html VARCHAR;
COMMENT ON COLUMN individual_reports.html IS 'The report, as a self-contained web page; NULL where made before there were any.';
COMMENT ON COLUMN team_report.html IS 'The report, as a self-contained web page; NULL where made before there were any.';
