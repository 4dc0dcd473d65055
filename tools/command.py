"""`build.py queue VERB`: what `blender --command tshirt_queue` does, without Blender."""

import sys

import extension

if __name__ == "__main__":
    sys.exit(extension.load("operators.cli.command_line").main(sys.argv[1:]))
