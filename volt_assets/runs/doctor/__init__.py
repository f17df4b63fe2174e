"""What `volt doctor` checks: `diagnosis` runs all checks, `local` has those of this machine, `toggl` and `fibery` those
that send requests, `facts` what answers look like without what they say."""
