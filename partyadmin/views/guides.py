"""Help in place: what each screen tells about who does what, on which document, by when.

The rules are those of the notice: its sections on organisations and units, members, and rights and traces.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask_babel import lazy_gettext

_ = lazy_gettext


class Guide(NamedTuple):
    """Four sentences about a screen; one that says nothing is empty."""

    what: Any
    who: Any
    document: Any = ""
    when: Any = ""


_SUPERIOR_KEEPS = _(
    "The superior organisation that maintains it; local and system committees by their own organisation "
    "department. Nobody changes their own organisation."
)
_FIFTEEN_DAYS = _("Within 15 working days of the date of the document.")

GUIDES: dict[str, Guide] = {
    "admin": Guide(
        _("What waits for you, what waits below you, and whom to ask. Each line leads to its list."),
        _("Each post sees its own organisation and what lies below it."),
    ),
    "organisation": Guide(
        _("Committees, general branches and branches in one tree. The tree at the left narrows the list."),
        _SUPERIOR_KEEPS,
        _("The approval or notice that orders the change: its number, title and date; the scan may follow."),
        _FIFTEEN_DAYS,
    ),
    "change_order": Guide(
        _(
            "What happens to organisations: written down, previewed, put in force. Nothing changes before the last step."
        ),
        _SUPERIOR_KEEPS,
        _("The approval or notice that orders the change: its number, title and date; the scan may follow."),
        _FIFTEEN_DAYS,
    ),
    "unit": Guide(
        _(
            "The legal bodies in which organisations stand. An organisation in its superior's unit has none here."
        ),
        _SUPERIOR_KEEPS,
        _("The certificate with the unified social credit code."),
        _FIFTEEN_DAYS,
    ),
    "member": Guide(
        _("The members of your organisation and of those below it, with the items of the collection form."),
        _(
            "The basic committee enters and corrects; a branch keeps the fields delegated to it and reports the rest."
        ),
        _(
            "Birth date, joining date, conversion date and ID number change only on a document that is archived."
        ),
        _("A branch reports within 10 working days; the basic committee enters within 15."),
    ),
    "own_act": Guide(
        _(
            "What you wrote today in this post. An entry that nothing else stands on can be undone until midnight."
        ),
        _("Only the person who made the entry, in the same post."),
        _("The reason; the papers of the entry stay on file."),
        _("On the same day; later it is corrected by a new entry or report."),
    ),
    "owed_scan": Guide(
        _("Documents of which only the number is on file although a key field was changed on them."),
        _("Whoever has the paper: the basic committee, or the branch with a photo taken by telephone."),
        _("The scan or photo of the paper itself; it is filed as a newer document, and the old entry stays."),
        _("As soon as the paper is at hand; auditors count what is still missing."),
    ),
    "report": Guide(
        _(
            "What happened to members: reported by the branch, entered by the basic committee. The tabs say what waits."
        ),
        _(
            "A branch reports, the basic committee enters, returns or pauses; those above may question an entry."
        ),
        _("Its number is needed before the report is entered; the scan or a photo may follow."),
        _(
            "The branch within 10 working days of the event, the committee within 15 of the report. A pause stops the clock."
        ),
    ),
    "past_member": Guide(
        _(
            "The members as they stood on a day: as it is known now, or as the registry knew it at the end of "
            "that day. Tree, numbers, pages and files follow the day."
        ),
        _(
            "Whoever sees members, for their own scope. Of people who have left it since, only the row remains."
        ),
        "",
        _("Any day from 1921-07-01 to today, in the structure of that day or in today's."),
    ),
    "field_delegation": Guide(
        _(
            "Which fields a branch may keep itself, from day to day: education, telephones, address and the like."
        ),
        _("The superior organisation delegates, for one branch and one field at a time."),
        _("The document by which the superior authorises the branch."),
    ),
    "document": Guide(
        _("What changes rest on. A document is filed once, never changed and never removed."),
        _("Whoever makes a change files its document; those who see its keeper can read it."),
        _("The number comes first, the scan may follow: PDF, JPEG or PNG, at most 20 MB."),
    ),
    "import": Guide(
        _(
            "A workbook is checked first; nothing is written before you press the button that says so. "
            "You may leave the page meanwhile."
        ),
        _(
            "Posts with the function E1, for their own organisation and what lies below it. Only you see your imports."
        ),
        _("The workbook itself: it is filed as the document of the act."),
        _("The files and the refused rows are kept for 30 days; correct and upload again before."),
    ),
    "export_ledger": Guide(
        _("Each file that left the registry: who, when, what for, which columns, and its digest."),
        _("Posts with the function P10; branches take out masked numbers only."),
        _("A purpose for each file. Outside normal work nothing is given out."),
    ),
    "account": Guide(
        _("One account for each person; rights hang on the posts that the person holds."),
        _("The superior organisation opens accounts below it, the system administrator all of them."),
        _("The document that names the administrator."),
        _("In the same order that founds, merges or abolishes the organisation."),
    ),
    "post": Guide(
        _("A post holds the rights of a level at an organisation; people hold posts."),
        _(
            "Opened from above, never at one's own organisation; technical posts by the security administrator."
        ),
    ),
    "tenure": Guide(
        _("Who holds which post from when to when. A deputy has a tenure of a few days."),
        _("Given from above; nobody gives a post to themselves."),
        _("The document of appointment."),
        _("A post that is left ends on the day it is left."),
    ),
    "permission": Guide(
        _(
            "What each level may do in each function. A grey button says which cell of this table keeps it closed."
        ),
        _("The security administrator changes a cell; everybody may read and print the table."),
        _("The document that adjusts the initial table."),
    ),
    "codes": Guide(
        _("The lists of codes that forms and workbooks use, and the calendar of working days."),
        _("The city or the province adds and ends codes; a code that records carry is never removed."),
    ),
    "key_change": Guide(
        _(
            "Each change of birth date, joining date, conversion date or ID number, whoever made it. "
            "A row opens the versions side by side; a sample can be drawn again by its seed."
        ),
        _(
            "The business auditor reads it, and those who keep or check key fields, each for their own subtree."
        ),
        _("Each change rests on a document. Changes without one are counted at the top and must be none."),
        _("Weekly: look through the last 30 days, or draw a sample and compare it with the papers."),
    ),
    "access_log": Guide(
        _("What was read, looked up, exported or refused. It holds no personal value and is never changed."),
        _(
            "The business auditor and the security and audit administrators read it; nobody writes it by hand."
        ),
    ),
    "transaction": Guide(
        _("Every write: who, in which post, when and why. A change without an act does not exist."),
        _(
            "The business auditor and the security and audit administrators read it; nobody writes it by hand."
        ),
    ),
    "person": Guide(
        _("Your own password and language. A password has at least 12 characters."),
        _("A forgotten password is renewed by the superior organisation or the system administrator."),
    ),
}
_CODE_LIST = Guide(
    _("One list of codes: each value with its labels; an ended value stays readable on old records."),
    _("The city or the province adds and ends codes; a code that records carry is never removed."),
    _("The standard or notice that brings the code."),
)


def guide_of(endpoint: str) -> Guide:
    """The guide of an endpoint (`noun.view`): that of its noun, else that of a code list."""
    return GUIDES.get(endpoint.partition(".")[0], _CODE_LIST)
