"""`python -m volt_assets` is `volt`, where no script is installed or on the path."""

from volt_assets.cli import main

if __name__ == "__main__":
    main()
