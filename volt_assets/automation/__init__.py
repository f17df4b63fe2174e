"""What runs without being requested: sensors and schedules, the decisions behind them, alerts and the digest."""
