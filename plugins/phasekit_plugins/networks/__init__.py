"""Networks: the deep prior optimises them, a learner trains them."""
