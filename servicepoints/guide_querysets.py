"""Questions about the guide and what it led to, each a QuerySet that still chains."""

import datetime
from typing import Self

from django.db import models


class GuideVersionQuerySet(models.QuerySet):
    def published(self) -> Self:
        """The one version that people use, if there is any."""
        return self.filter(state=self.model.State.PUBLISHED)  # type: ignore[attr-defined]

    def drafts(self) -> Self:
        """The one version that can be changed, if there is any."""
        return self.filter(state=self.model.State.DRAFT)  # type: ignore[attr-defined]

    def with_tree(self) -> Self:
        """Load what `guide.Tree` needs: questions, answers with their services, endings."""
        return self.prefetch_related("questions__choices__service", "endings")

    def with_people(self) -> Self:
        """Load who began and who published each."""
        return self.select_related("created_by", "published_by")

    def locked(self) -> Self:
        """Lock the rows until the end of the transaction: nobody changes a draft meanwhile."""
        return self.select_for_update(of=("self",), no_key=True)


class EndingReachedQuerySet(models.QuerySet):
    def between(self, first: datetime.date, last: datetime.date) -> Self:
        """Those of the local days from `first` to `last`, both included."""
        return self.filter(date__range=(first, last))
