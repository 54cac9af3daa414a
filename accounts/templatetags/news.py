"""What a notice or a section of a digest says: `{% load news %}{% words of news %}`."""

from django.template import Context, Library, loader
from django.utils.safestring import SafeString

from accounts.notices.digests import Section
from accounts.notices.kinds import News

register = Library()


@register.simple_tag(takes_context=True)
def words(context: Context, of: News | Section) -> SafeString:
    """Write what `of` says; in the text of a mail nothing is escaped, as its template says."""
    template = loader.get_template(of.template).template  # type: ignore[attr-defined]
    said: SafeString = template.render(Context(of.context, autoescape=context.autoescape))
    return said
