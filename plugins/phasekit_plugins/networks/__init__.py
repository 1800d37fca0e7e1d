"""Networks: what the deep prior optimises and what a learner trains."""
