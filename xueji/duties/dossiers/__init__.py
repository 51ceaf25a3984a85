"""The signed dossier of a pupil (clause B3): it moves with the pupil and opens without this system (ADR 0018).

No tables: what it says is read from journals and register. ``services.export_dossier`` makes one,
``verification.verify`` says whether one is as it was signed, ``taking`` takes one in as evidence of a transfer.
"""
