"""A weight file to the model's parameters.

    file.py       a safetensors file, mapped and checked
    load.py       its tensors to the parts of the model, in the layouts the operations take
    quantize.py   to weights in fewer bytes

Safetensors only: nothing in a file is ever executed.
"""
