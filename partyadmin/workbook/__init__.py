"""Spreadsheets in and out: reading any workbook a city sends, answering in it, writing rosters.

Nothing here knows the database, the web or a language: sentences are English message ids with
parameters. Keep this file free of imports, because the limited child process loads it as well.
"""
