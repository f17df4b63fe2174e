"""What a report shows, before it is laid out: values as they are printed, in no format yet."""
