-- What an hour costs, as Toggl's rows say (VOLT_MONEY=on). NULL: no rate, or fetched without.
ALTER TABLE toggl_time_entries ADD COLUMN rate_cents BIGINT;
ALTER TABLE toggl_time_entries ADD COLUMN currency VARCHAR;
COMMENT ON COLUMN toggl_time_entries.rate_cents IS 'What an hour costs in Toggl, in hundredths of the currency; NULL: no rate, or fetched without VOLT_MONEY.';
COMMENT ON COLUMN toggl_time_entries.currency IS 'Currency of the rate; NULL where there is none.';
ALTER TABLE tracked_time ADD COLUMN rate_cents BIGINT;
ALTER TABLE tracked_time ADD COLUMN currency VARCHAR;
COMMENT ON COLUMN tracked_time.rate_cents IS 'Of billable entries, what an hour costs in Toggl, in hundredths of the currency; NULL: no rate, or fetched without VOLT_MONEY.';
COMMENT ON COLUMN tracked_time.currency IS 'Currency of the rate; NULL where there is none.';
