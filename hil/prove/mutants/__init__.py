"""The dosing core changed in every small way that mutmut knows: do the tests notice?

    modules.py     which tests answer for which module
    workplace.py   mutmut over one module
    survivors.py   the changes that no test sees, and why that is right
"""
