-- How much of the time is billable, as marked in Toggl. NULL in weeks that were summed before it was kept.
ALTER TABLE tracked_time ADD COLUMN billable_seconds BIGINT;
COMMENT ON COLUMN tracked_time.billable_seconds IS 'Of the seconds, those of entries marked billable; NULL: summed before it was kept.';
