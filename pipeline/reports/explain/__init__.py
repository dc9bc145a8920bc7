"""The whole way of a panel, figure or article through a build, told from what an output holds."""
