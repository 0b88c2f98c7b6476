"""The application object, for any WSGI server: `waitress-serve app:app`."""

from partyadmin import create_app

app = create_app()
