"""The command line: `command_line` has the verbs and their options, `output` words what they print."""
