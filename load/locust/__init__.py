"""What Locust needs of us: users, statistics, shapes. Beside load/running the only place that imports Locust."""
