"""Tables from stored rows. Nothing here computes or times: it reads what was measured."""
