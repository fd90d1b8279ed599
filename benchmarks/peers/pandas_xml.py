"""pandas: a data frame of every file."""

import sys
from pathlib import Path

import pandas as pd

if __name__ == "__main__":
    frames = [pd.read_xml(file, xpath="/*") for file in sorted(Path(sys.argv[1]).iterdir())]
    pd.concat(frames, ignore_index=True).to_csv(sys.argv[2])
