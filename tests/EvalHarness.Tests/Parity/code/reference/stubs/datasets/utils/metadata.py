class MetadataConfigs:
    pass
