"""The model as pure functions: `y, state = f(ops, config, params, state, x)`."""
