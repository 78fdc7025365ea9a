"""Small services that ask getme who calls; docs/drop-ins.md explains them."""
