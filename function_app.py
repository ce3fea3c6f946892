"""The app: every function of `functions/`, and nothing else. Azure and the local host read this one file."""

import azure.functions as func

from functions import agents, console, deliver, doctor, ingest, process, schedule

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)

for room in (ingest, process, deliver, schedule, console, doctor, agents):
    app.register_functions(room.bp)
