"""专机: why nothing can be done from here, and the code by which this machine is registered."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from xueji.ground.accounts import workplace
from xueji.ground.accounts.context import identified
from xueji.pure.kernel.types import Refused


@never_cache
@sensitive_post_parameters("code")
def machine(request: HttpRequest) -> HttpResponse:
    """The sentence, and the form; after it has been registered the machine goes on to the posts."""
    refused: Refused | None = None
    if request.method == "POST":
        response = HttpResponseRedirect("/post/")
        person = request.user.pk
        assert person is not None, "the middleware lets nobody else come here"
        try:
            with identified(person), transaction.atomic():
                workplace.register_here(request, response, request.POST.get("code", ""))
        except Refused as error:
            refused = error
        else:
            return response
    why = workplace.SENTENCES.get(request.GET.get("why", ""), "")
    context = {"why": why, "refused": refused}
    return render(request, "session/machine.html", context, status=409 if refused else 200)
