"""The KCP client against the practice gateway: two readings of the same papers must agree."""
