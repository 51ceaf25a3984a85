"""``python -m xueji``."""

from xueji.config.main import main

if __name__ == "__main__":
    main()
