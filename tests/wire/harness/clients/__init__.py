"""The real clients, each behind the same few verbs (base.Client)."""

from .baresip import Baresip
from .finch import Finch
from .linphone import Linphone
from .sipjs import SipJs
from .twinkle import Twinkle

DEFAULT = (Baresip, Twinkle)
ALL = (Baresip, Twinkle, Linphone, SipJs, Finch)
