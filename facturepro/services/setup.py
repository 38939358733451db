"""From the answers of the first start to a company."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from facturepro.db import catalog
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace

_NOT_FIELDS = ("language", "logo_path", "company_number")


def create_company(workspace: Workspace, answers: Mapping[str, Any]) -> OpenCompany:
    """A company from the wizard's plain dict; what was left for later is empty.

    Raises:
        UserError: an answer that cannot be taken; nothing is left behind.
    """
    known = catalog.entity("company").by_name
    values = {key: value for key, value in answers.items() if key in known and key not in _NOT_FIELDS}
    company = workspace.create(values)
    logo = answers.get("logo_path")
    if logo:
        from facturepro.services import logo as logos

        logos.set_logo(company, Path(str(logo)))
    return company
