"""Every sentence this package can say, as English message ids with %(name)s parameters."""

NOT_A_WORKBOOK = "The file is not an Excel workbook (.xlsx)."
OLD_FORMAT = "The file is an old Excel workbook (.xls): save it as .xlsx and upload it again."
BINARY_FORMAT = "The file is a binary Excel workbook (.xlsb): save it as .xlsx and upload it again."
ENCRYPTED = "The file is encrypted: save it without a password and upload it again."
EMPTY = "The file is empty."
TOO_LARGE = "The file is larger than %(limit)s MB: split it into smaller workbooks."
DAMAGED = "The file is damaged and cannot be opened: open it in Excel, save it again and upload it."
MACROS = "The workbook contains macros: save it as .xlsx without macros and upload it again."
TOO_MANY_PARTS = "The workbook has too many parts: copy the tables into a new workbook and upload that."
INFLATED = (
    "The workbook grows beyond all measure when unpacked: copy the tables into a new workbook"
    " and upload that."
)
SPREAD = (
    "The cells of sheet %(sheet)s lie too far apart: delete what stands far below or far to the right of the"
    " table and upload the workbook again."
)
TOO_SLOW = "Reading the workbook takes too long: split it into smaller workbooks."
CRASHED = (
    "The workbook cannot be read, it is damaged or far too large: copy the tables into a new workbook"
    " and upload that."
)

NO_TABLE = "No sheet has the headings of a table of party organisations or of party members."
MISSING_COLUMNS = "Sheet %(sheet)s lacks these columns: %(columns)s."

DAMAGED_ID_NUMBER = (
    "The spreadsheet has damaged this ID number: it keeps only 15 digits of a number."
    " Take it from the source file and enter it as text."
)
DAMAGED_CODE = (
    "The spreadsheet has stored this code as a number, so that leading zeros or last digits are lost."
    " Take it from the source file and enter it as text."
)
DAMAGED_PHONE = (
    "The spreadsheet has damaged this phone number: it keeps only 15 digits of a number. Enter it as text."
)
UNREADABLE_DATE = "The date %(value)s cannot be read: write it like 1998-07-01."
FORMULA = "The cell holds a formula: replace it by its value."

SKIPPED_APPLICANT = "Not a party member (%(person_type)s): skipped."
SKIPPED_SHEET = "Sheet %(sheet)s lists applicants, not party members: skipped."
SKIPPED_NOTE = "A note below the table: skipped."

UNKNOWN_DAY_KIND = 'The kind "%(value)s" is unknown: write 休 for a day off, 班 for a make-up working day.'
DAY_WITHOUT_NAME = "The day has no name: write which holiday it belongs to."

NO_WORKSHEET = (
    "This is not the worksheet of a change order: download the worksheet on this page, fill it in and upload"
    " that file, without copying its rows into another one."
)
