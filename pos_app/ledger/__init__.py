"""Durable facts: what happened to each payment, chained and never edited.

Nothing is imported here, so that naming the folder costs nothing at start-up; open a ledger with
`pos_app.ledger.store.open_ledger`.
"""
