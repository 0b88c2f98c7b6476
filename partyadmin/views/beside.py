"""Lists with the tree of organisations beside them."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin import expose
from flask_login import current_user

from partyadmin.models import Organisation
from partyadmin.views import lineage, tree
from partyadmin.views.base import PartyView


class TreeView(PartyView):
    """A list that the tree at its left narrows; each name in the tree is a plain link."""

    def beside(self, values: dict[str, str], state: dict[str, str]) -> dict[str, Any]:
        chosen = values.get("organisation") or values.get("directly") or current_user.organisation_code
        abolished = "abolished" in state
        typed = request.args.get("find", "").strip()
        return {
            "tree": None if typed else self.counted(self.opened_tree(chosen, abolished)),
            "found": self.each_counted(self.found_in_tree(typed)) if typed else None,
            "typed": typed,
            "chosen": chosen,
            "place": "directly" if "directly" in values else "organisation",
            "link": self._link(state, "directly" if "directly" in values else "organisation"),
        }

    # Where the tree is read from.

    def opened_tree(self, chosen: str, abolished: bool) -> tree.Node | None:
        return tree.opened(chosen, abolished)

    def found_in_tree(self, typed: str) -> list[tree.Node]:
        return lineage.found(typed)

    def subordinates(self, code: str, after: str, abolished: bool) -> tuple[list[tree.Node], int]:
        return tree.subordinates(code, after, abolished)

    def counted(self, root: tree.Node | None) -> tree.Node | None:
        """The tree with its numbers of members, in place."""
        if root is not None:
            self.each_counted(root.all())
        return root

    def each_counted(self, nodes: list[tree.Node]) -> list[tree.Node]:
        """Nodes of the tree with their numbers of members: those of today, as they were read."""
        return nodes

    def brief(self, target: type[Any], key: int, name: str) -> str:
        # Hundreds of names that begin with the reader's own place are told apart by their ends.
        stem = f"中共{tree.stem_of(current_user.organisation_name)}"
        return name.removeprefix(stem) if target is Organisation else name

    @expose("/tree/")
    def tree(self) -> str:
        """The subordinates of an organisation, or what a search in the tree finds, as items of the tree."""
        asked = self.narrowed(())
        state = self.state_of(asked, request.args)
        typed = request.args.get("find", "").strip()
        nodes, rest = (
            (self.found_in_tree(typed), 0)
            if typed
            else self.subordinates(
                request.args.get("below", ""), request.args.get("after", ""), "abolished" in state
            )
        )
        place = "directly" if "directly" in asked.values else "organisation"
        return str(
            self.render(
                "partyadmin/tree_items.html",
                nodes=self.each_counted(nodes),
                rest=rest,
                typed=typed,
                below=request.args.get("below", ""),
                depth=self.depth(request.args.get("below", "")),
                chosen=asked.values.get(place),
                link=self._link(state, place),
            )
        )

    def depth(self, below: str) -> int:
        """How deep the items below an organisation stand in the tree; the root is 1."""
        return (len(below) - len(current_user.organisation_code)) // 3 + 2

    def _link(self, state: dict[str, str], place: str) -> str:
        """An address of the list that ends where the code of an organisation goes."""
        kept = {name: value for name, value in state.items() if name not in ("organisation", "directly")}
        address = self.address(kept)
        return f"{address}{'&' if '?' in address else '?'}{place}="
