"""Reading a workbook: a child process with limits parses it, nothing is written to disk."""
