"""Makes the t-shirt template: flat pattern → cloth → drape over a body → frozen mesh → material → studio.

Run by `build.py template` only; what it makes ships in `presets/templates/`.
"""
